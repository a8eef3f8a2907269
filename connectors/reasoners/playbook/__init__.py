"""Judgement by rules that a team writes down: no model is needed, and the same facts always give the same words."""

from connectors.reasoners.playbook.reasoner import Playbooks, PlaybooksConfig

__all__ = ["Playbooks", "PlaybooksConfig"]
