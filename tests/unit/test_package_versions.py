"""The version of a package, from any text that somebody calls a version."""

import pytest

from naftiko_gen.language.names import package_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("7", "7"),
        ("v2", "2"),
        ("1.0.0-beta.1", "1.0.0b1"),
        ("1.0.0-rc1", "1.0.0rc1"),
        ("v1beta1", "1b1"),
        ("2024-01-01", "2024.1.1"),
        ("2024-01", "2024.1"),
        ("2024-01-01-preview", "2024.1.1rc0"),
        ("1.0.0+build.7", "1.0.0"),
        (" 1.0 ", "1.0"),
    ],
)
def test_versions_in_many_spellings(text: str, version: str) -> None:
    result = package_version(text)

    assert result
    assert (result.text, result.is_whole) == (version, True)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0.0-SNAPSHOT", "1.0.0"),
        ("2.1.x", "2.1"),
        ("2.0 (draft)", "2.0"),
        ("2024-01-01T00:00:00Z", "2024.1.1"),
    ],
)
def test_the_numbers_at_the_start_of_a_text(text: str, version: str) -> None:
    result = package_version(text)

    assert result
    assert (result.text, result.is_whole) == (version, False)


@pytest.mark.parametrize("text", ["", "latest", "R4", "9" * 5000, "\u0662.1", "\n"])
def test_texts_that_are_no_version(text: str) -> None:
    assert package_version(text) is None
