"""The sequence workloads: sizes, the lengths of texts, and which workloads there are."""

BATCH = 32
STEPS = 80
WORDS = 20_000
FEATURES = 128
HIDDEN = 128
CLASSES = 2

# Steps of the layer alone in the `long` workloads.
LONG = [50, 100, 200, 400, 800, 1600, 3200]

# Words in each text of a batch whose texts differ in length; where they come from stands in
# benches/src/bin/workloads/sequences/mod.rs.
LENGTHS = [
    *(12, 25, 80, 19, 36, 13, 26, 6, 20, 39, 14, 27, 8, 20, 42, 15),
    *(29, 9, 21, 46, 16, 30, 11, 23, 52, 17, 32, 12, 24, 60, 18, 34),
]
