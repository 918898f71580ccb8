"""The wheel holds every file that the package needs: installed elsewhere, `crux` works from it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.conftest import ENV

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
FOLDERS = {"agents": "agents", "graphs": "graphs", "memory": "memory", "prompts": "prompts", "bench": "bench"}


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    tree = out / "tree"
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    for name in listed.stdout.splitlines():  # a build in the checkout would leave build/ and egg-info there
        source, target = root / name, tree / name
        if source.is_symlink() or not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(out), "."]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(out.glob("cruxbank-*.whl"))


def test_every_source_and_data_file_is_in_the_wheel(root: Path, wheel: Path) -> None:
    inside = {n for n in zipfile.ZipFile(wheel).namelist() if n.startswith("cruxbank/")}
    wanted = set()
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True)
    for name in listed.stdout.splitlines():
        path = Path(name)
        if not (root / path).is_file() or (root / path).is_symlink():
            continue
        if path.parts[:2] == ("src", "cruxbank"):
            wanted.add(str(Path("cruxbank", *path.parts[2:])))
        elif path.parts[0] in FOLDERS:
            wanted.add(str(Path("cruxbank", FOLDERS[path.parts[0]], *path.parts[1:])))
    assert wanted - inside == set()


def test_crux_works_from_the_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    env = {**ENV, "PYTHONPATH": str(site)}
    code = (
        "import cruxbank, pathlib; from cruxbank.prompts.loader import shipped; from cruxbank.values.systems import "
        "load_system; from cruxbank.topics.reader import seed_topics; from cruxbank.recogniser.recogniser import "
        "shipped_head; from cruxbank.simulator.app import create_app; from cruxbank.agents.frame_files import "
        "shipped_frames; create_app(); shipped_head(); "
        "print(pathlib.Path(cruxbank.__file__).parent, len(shipped()), len(load_system('schwartz-10').ids), "
        "len(seed_topics()), len(shipped_frames()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    place, prompts, values, topics, frames = done.stdout.split()
    assert Path(place) == site / "cruxbank"
    assert (int(prompts) >= 5, int(values), int(topics) >= 150, int(frames) >= 60) == (True, 10, True, True)
    script = site / "bin" / "crux"
    init = subprocess.run([sys.executable, str(script), "init"], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert init.returncode == 0, init.stderr
    assert (tmp_path / "crux.yaml").is_file()
    assert os.access(script, os.X_OK)
