"""`load_text_folder`."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_files
from sklearn.utils import Bunch

from sk_keras.data import load_text_folder

TEXTS = {
    "sport": {"2.txt": "a goal\n", "10.txt": "a race\n", "1.txt": "a match\n"},
    "art": {"1.txt": "a painting\n", "b.md": "a song\n"},
    "Zoo": {"1.txt": "ein Bär\n"},
}


@pytest.fixture
def folder(tmp_path):
    for name, files in TEXTS.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text, encoding="utf-8")
    (tmp_path / "README.txt").write_text("no class")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("hidden")
    (tmp_path / "art" / ".DS_Store").write_bytes(b"\xff\xfe\x00")
    return tmp_path


def test_classes_and_files_in_alphabetical_order(folder):
    texts = load_text_folder(folder)
    assert isinstance(texts, Bunch)
    assert texts.target_names == ["Zoo", "art", "sport"]
    assert texts.target.tolist() == [0, 1, 1, 2, 2, 2]
    assert texts.data == [
        "ein Bär\n",
        "a painting\n",
        "a song\n",
        "a match\n",
        "a race\n",
        "a goal\n",
    ]
    names = ["Zoo/1.txt", "art/1.txt", "art/b.md"]
    names += [f"sport/{name}" for name in ("1.txt", "10.txt", "2.txt")]
    assert texts.filenames.tolist() == [str(folder / name) for name in names]


def test_as_scikit_learn_has_it(folder):
    (folder / "art" / ".DS_Store").unlink()
    (folder / ".git" / "config").unlink()
    (folder / ".git").rmdir()
    ours = load_text_folder(str(folder))
    theirs = load_files(str(folder), encoding="utf-8", shuffle=False)
    assert ours.data == theirs.data
    assert ours.target_names == theirs.target_names
    np.testing.assert_array_equal(ours.target, theirs.target)
    np.testing.assert_array_equal(ours.filenames, theirs.filenames)
    assert ours.target.dtype == theirs.target.dtype


def test_data_and_target_alone(folder):
    whole = load_text_folder(folder)
    data, target = load_text_folder(folder, return_X_y=True)
    assert data == whole.data
    np.testing.assert_array_equal(target, whole.target)


def test_pattern(folder):
    texts = load_text_folder(folder, pattern="[0-9].txt")
    assert texts.target.tolist() == [0, 1, 2, 2]
    (folder / "art" / "old" / ".cache").mkdir(parents=True)
    (folder / "art" / "old" / "3.txt").write_text("a fresco")
    (folder / "art" / "old" / ".cache" / "4.txt").write_text("hidden")
    assert len(load_text_folder(folder).data) == 6
    deep = load_text_folder(folder, pattern="**/*.txt", categories=["art"])
    assert deep.data == ["a painting\n", "a fresco"]


def test_categories(folder):
    texts = load_text_folder(folder, categories=iter(["sport", "art", "art"]))
    assert texts.target_names == ["art", "sport"]
    assert texts.target.tolist() == [0, 0, 1, 1, 1]


def test_encodings(folder):
    file = folder / "Zoo" / "1.txt"
    file.write_bytes("ein Bär\r\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"1\.txt is not a text in utf-8: .* byte 5"):
        load_text_folder(folder)
    assert load_text_folder(folder, encoding="latin-1").data[0] == "ein Bär\n"
    ignored = load_text_folder(folder, decode_error="ignore")
    assert ignored.data[0] == "ein Br\n"
    assert load_text_folder(folder, decode_error="replace").data[0] == "ein B\ufffdr\n"


@pytest.mark.parametrize(
    ("written", "read"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16")]
)
def test_marks_and_ends_of_lines_of_windows(folder, written, read):
    (folder / "Zoo" / "1.txt").write_bytes("ein\r\nBär".encode(written))
    texts = load_text_folder(folder, categories=["Zoo"], encoding=read)
    assert texts.data == ["ein\nBär"]


def test_files_without_a_mark_that_their_encoding_needs(folder):
    with pytest.raises(ValueError, match=r"1\.txt is not a text in utf-16: .* BOM"):
        load_text_folder(folder, categories=["sport"], encoding="utf-16")


def test_empty_texts_are_texts(folder):
    (folder / "Zoo" / "1.txt").write_text("")
    assert load_text_folder(folder).data[0] == ""


def test_empty_classes(folder):
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=r"none that match '\*': empty\. Choose"):
        load_text_folder(folder)
    with pytest.raises(ValueError, match=r"match '\*\.md': Zoo, empty, sport\."):
        load_text_folder(folder, pattern="*.md")
    assert len(load_text_folder(folder, categories=TEXTS).data) == 6


def test_no_folders(folder):
    with pytest.raises(ValueError, match="There are no folders in"):
        load_text_folder(folder / "art")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_text_folder(folder / "nowhere")
    with pytest.raises(NotADirectoryError, match="README"):
        load_text_folder(folder / "README.txt")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"encoding": "utf-9"}, "no encoding of texts called 'utf-9'"),
        ({"encoding": "rot13"}, "no encoding of texts called 'rot13'"),
        ({"encoding": None}, "'encoding'"),
        ({"pattern": ""}, "pattern is ''"),
        ({"pattern": "/etc/*"}, "pattern is '/etc/"),
        ({"pattern": "../*"}, "none that match"),
        ({"categories": []}, "at least one"),
        ({"pattern": None}, "'pattern'"),
        ({"decode_error": "skip"}, "'decode_error'"),
        ({"categories": "art"}, r"write \['art'\]"),
    ],
    ids=str,
)
def test_wrong_arguments(folder, wrong, message):
    with pytest.raises((TypeError, ValueError), match=message):
        load_text_folder(folder, **wrong)


@pytest.mark.slow
def test_names_are_found_without_heavy_imports():
    code = (
        "import sys, sk_keras.data as data, sk_keras.preprocessing as preprocessing\n"
        "for module in (data, preprocessing):\n"
        "    for name in module.__all__:\n"
        "        getattr(module, name)\n"
        "    assert set(module.__all__) <= set(dir(module))\n"
        "print([m for m in ('tensorflow', 'keras', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [1, "arts"])
def test_unknown_categories(folder, name):
    message = rf"no folders \['{name}'\] in .* There are \['Zoo', 'art'.*'sport'\]"
    with pytest.raises(FileNotFoundError, match=message):
        load_text_folder(folder, categories=[name])
