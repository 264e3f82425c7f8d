"""A CSV file of companies, read as whoever wrote it meant it; what can't be read is named by its line and column.

Pure but for the file: a line at a time, so that a file of any length needs no more memory than its longest line.
"""

from leadstream.sheet.columns import FIELDS, Columns, choose_columns
from leadstream.sheet.companies import Rejected, Row, read_rows
from leadstream.sheet.encodings import asked_encoding, detect_encoding
from leadstream.sheet.errors import SheetError
from leadstream.sheet.inert import inert
from leadstream.sheet.table import Record, Table, delimiter_of, open_table

__all__ = [
    "FIELDS",
    "Columns",
    "Record",
    "Rejected",
    "Row",
    "SheetError",
    "Table",
    "asked_encoding",
    "choose_columns",
    "delimiter_of",
    "detect_encoding",
    "inert",
    "open_table",
    "read_rows",
]
