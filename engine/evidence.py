"""A whole answer, kept apart from the chain, as text that people read: in a file and on the command line.

It was masked when it was kept. Nothing here is believed or shortened.
"""

from engine.model import Finding
from engine.published import canonical
from engine.words import stretch


def answer_text(body: bytes) -> str:
    """The text of what `Ledger.keep_evidence` stored. Raises `ValueError` where it is no answer."""
    finding = Finding.model_validate_json(body)
    window = [f"Window: {stretch(finding.window.since, finding.window.until)} UTC"] if finding.window else []
    stated = [] if finding.confidence is None else [f"Confidence, as stated: {finding.confidence:g}"]
    parts = [
        "\n".join([f"Source: {finding.source}", f"Question: {finding.question}", *window, *stated]),
        finding.says,
        "\n".join(finding.examples),
        "\n".join(f"{name} = {canonical(value)}" for name, value in finding.facts.items()),
        "\n".join(f"{link.text}: {link.url}" for link in finding.links),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
