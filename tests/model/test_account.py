"""What an account.toml may say, and the one line with which the rest is refused."""

import pytest

from pipeline.model import account


def refused(tmp_path, text):
    """The one line with which an account file of that text is refused."""
    path = tmp_path / "account.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(account.AccountError) as error:
        account.load_account(path)
    line = str(error.value)
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("setting", "section"),
    [
        ('unshipped = "complete"', "reports"),
        ("feed-bytes = 1000", "limits"),
        ("feed-records = 1000", "limits"),
    ],
)
def test_a_setting_outside_its_section_is_refused_with_the_sections_name(tmp_path, setting, section):
    name = setting.split()[0]
    assert refused(tmp_path, f"{setting}\n").startswith(f"{name} belongs in the section [{section}]")
    path = tmp_path / "account.toml"
    path.write_text(f"[{section}]\n{setting}\n", encoding="utf-8")
    assert getattr(account.load_account(path), name.replace("-", "_")) in (1000, "complete")


def test_a_setting_in_the_wrong_section_names_those_of_the_section(tmp_path):
    assert (
        refused(tmp_path, "[reports]\nfeed-bytes = 1000\n") == "[reports] has no setting feed-bytes; it has unshipped"
    )


def test_an_unknown_setting_names_the_known_ones(tmp_path):
    line = refused(tmp_path, 'plann = "professional"\n')
    assert line.startswith("plann is not a setting of an account; they are ")
    assert "plan," in line
