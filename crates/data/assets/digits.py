"""Writes digits.bin.gz from a table with the columns p0..p63 (values 0 to 16) and label.

The pictures are the test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak, UCI Machine
Learning Repository, 1998, https://doi.org/10.24432/C50P49, CC BY 4.0. The bytes are 64 pixels and 1 label for each
picture, in the order of the table.

    python3 digits.py TABLE.csv digits.bin.gz
"""

import csv
import gzip
import sys

with open(sys.argv[1], newline="") as table:
    rows = [[int(cell) for cell in row] for row in list(csv.reader(table))[1:]]

assert len(rows) == 1797
assert all(len(row) == 65 and max(row[:64]) <= 16 and row[64] < 10 for row in rows)

with open(sys.argv[2], "wb") as file:
    file.write(gzip.compress(bytes(value for row in rows for value in row), compresslevel=9, mtime=0))
