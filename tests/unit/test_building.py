from pathlib import Path

import pytest

from naftiko_gen.building.packages import BuildError, Packages, lacking

SPEC = (Path(__file__).parents[2] / "specs" / "training-runs.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("requirements", "is_lacking"),
    [
        ((), True),
        (("lxml",), True),
        (("pyjwt>=2",), True),
        (("pyjwt[crypto]>=2",), False),
        (("PyJWT[tests]", "PyJWT[crypto]; python_version > '3'"), False),
    ],
)
def test_requirements_lack_a_distribution_or_its_extra(
    requirements: tuple[str, ...], is_lacking: bool
) -> None:
    missing_requirements = ["PyJWT[crypto]>=2.12,<3"]
    assert lacking(missing_requirements, requirements) == (
        missing_requirements if is_lacking else []
    )


def test_a_build_that_ends_names_no_assumptions(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.naftiko-gen]\nspecs = ["*.yaml"]\n')
    spec = SPEC.replace("call: training-runs.deleterun", "call: training-runs.x")
    (tmp_path / "broken.yaml").write_text(spec)
    (tmp_path / "whole.yaml").write_text(SPEC)

    with pytest.raises(BuildError) as error:
        Packages.of(tmp_path).compile(tmp_path / "output")

    message = str(error.value)
    assert "error[unknown-operation]" in message
    assert "warning[unguarded-operation]" in message
    assert "note[" not in message
