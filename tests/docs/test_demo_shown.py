"""README.md shows what `make demo` prints, as it is."""

from __future__ import annotations

from documents import ROOT


def test_the_readme_shows_what_the_demo_prints(schemagen):
    (schemagen.folder / "samples").symlink_to(ROOT / "samples")
    made = schemagen("demo")
    assert made.returncode == 0, made.stderr
    assert f"```\n{made.stdout.strip()}\n```" in (ROOT / "README.md").read_text(encoding="utf-8")
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "demo: $(VENV)/ready\n\t@$(BIN)/schemagen demo\n" in recipe
