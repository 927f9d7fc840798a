"""Signatures of the standard functions that read and write files."""

SECTION = "Files"
TEXT = """
## The text of a file, which must be UTF-8.
# effect: observation
# needs: read path
fn read(path: str) -> str

## The lines of a text file, without their ends.
# effect: observation
# needs: read path
fn read_lines(path: str) -> list[str]

## The rows of a `.csv`, `.jsonl`, `.json` or `.parquet` file, each a dict. The cells of a CSV file are text.
# effect: observation
# needs: read path
fn read_rows(path: str) -> list[dict[any]]

## The names of what a folder holds, sorted.
# effect: observation
# needs: read path
fn list_dir(path: str) -> list[str]

## The paths of the files in a folder, sorted, as `read` takes them. `glob` says which names (`*.txt`); with `recursive`
## also those in its subfolders.
# effect: observation
# needs: read folder
fn list_files(folder: str, glob: str = "*", recursive: bool = false) -> list[str]

## Writes text to a file, in place of what it held. Folders that are missing are made.
# effect: change
# needs: write path
fn write(path: str, text: str) -> none

## Adds text at the end of a file, which is made if it is missing.
# effect: change
# needs: write path
fn append(path: str, text: str) -> none

## Writes dicts as the rows of a `.csv`, `.jsonl`, `.json` or `.parquet` file. In CSV, values that are not text are
## written as JSON, and none as an empty cell.
# effect: change
# needs: write path
fn write_rows(path: str, rows: list[dict[any, any]]) -> none
"""
