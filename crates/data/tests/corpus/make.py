"""Writes the small files that the fuzz tests start from, good ones and bad ones. Run it in this folder."""

import gzip
import pathlib
import struct


def write(name, data):
    if name.endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    pathlib.Path(name).write_bytes(data)


def idx(magic, dimensions, data):
    return struct.pack(f">{1 + len(dimensions)}I", magic, *dimensions) + data


def record(label):
    return bytes([label]) + bytes((i * 7 + label) % 256 for i in range(3072))


write("idx/good.images", idx(0x803, [3, 2, 2], bytes(range(12))))
write("idx/good.labels", idx(0x801, [3], bytes([0, 2, 1])))
write("idx/packed.images.gz", idx(0x803, [2, 3, 1], bytes(range(6))))
write("idx/packed.labels.gz", idx(0x801, [2], bytes([9, 0])))
write("idx/giant.images", idx(0x803, [0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF], bytes(8)))
write("idx/giant.labels", idx(0x801, [0xFFFFFFFF], bytes(8)))
write("idx/flat.images", idx(0x803, [2, 0, 5], b""))
write("idx/flat.labels", idx(0x801, [2], bytes(2)))
write("idx/swapped.images", idx(0x801, [2], bytes(2)))
write("idx/swapped.labels", idx(0x803, [2, 1, 1], bytes(2)))

write("cifar/good.gz", record(0) + record(9) + record(4))
write("cifar/label.gz", record(0) + record(10))
write("cifar/cut.gz", (record(3) + record(1))[:4000])
write("cifar/empty", b"")

write("csv/table.csv", b'age,job,pm\n39,clerk,NA\n50,"a ""b"", c",1e2\n-1.5,?,3\n')
write("csv/pictures.csv", b"p0,p1,p2,p3,label\n0,1,2,16,3\n5,6,7,8,1\n")
write("csv/packed.csv.gz", b"label,p0\nx,1\ny,255\n")
write("csv/quote.csv", b'a,b\n"never closed,1\n2,3\n')
write("csv/ragged.csv", b"a,b\n1\n2,3,4\n")
write("csv/latin.csv", b"a,b\ncaf\xe9,1\n")
write("csv/double.csv", b"a,a\n1,2\n")

write("tsv/plain.tsv", b"1\tgood film\n0\tno\n")
write("tsv/header.tsv", "id\tdocument\tlabel\n7\t재밌다\t1\n8\t별로\t0\n".encode())
write("tsv/marked.tsv", "\ufeff1\tcarriage\r\n0\treturn\r\n".encode())
write("tsv/packed.tsv.gz", b"pos\tfine\nneg\t\n")
write("tsv/ragged.tsv", b"1\ta\n0\n\n1\tb\tc\n")
write("tsv/latin.tsv", b"1\tcaf\xe9\n")
