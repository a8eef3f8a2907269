"""A connector is found by its type: in the table, or as an entry point of somebody else's package."""

import sys
from pathlib import Path

import pytest

from connectors.registry import CONNECTORS, load
from engine.errors import ConfigError


@pytest.mark.parametrize(("port", "type_"), [(port, type_) for port, known in CONNECTORS.items() for type_ in known])
def test_every_connector_of_the_table_is_there(port: str, type_: str) -> None:
    assert load(port, type_).Config.model_fields is not None


def test_a_connector_of_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "somebodys.py").write_text("class Wiki:\n    Config = None\n")
    about = tmp_path / "somebodys-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[watchkeeper.memory]\nwiki = somebodys:Wiki\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "somebodys" not in sys.modules
    assert load("memory", "wiki").__name__ == "Wiki"
    with pytest.raises(ConfigError, match="no type `wiki`"):
        load("tools", "wiki")


def test_a_word_that_is_mistyped_is_mended() -> None:
    with pytest.raises(ConfigError) as caught:
        load("memory", "githb")
    assert caught.value.mend == "type: github"
