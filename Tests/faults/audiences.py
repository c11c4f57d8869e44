"""Sets of ordinals as the services store them, read without their code."""

import struct


def packed_ordinals(data):
    """Ordinals of a packed chunk: version, count, differences, each but the first byte in groups of seven bits."""
    assert data[0] == 1, "the version is unknown"
    place = 1

    def number():
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    ordinals, last = [], 0
    for _ in range(number()):
        last += number()
        ordinals.append(last)
    return ordinals


def ordinals_of_bitmap(data):
    """Ordinals of a Roaring bitmap in its portable form (https://github.com/RoaringBitmap/RoaringFormatSpec)."""
    cookie = struct.unpack_from("<I", data, 0)[0]
    runs = b""
    if cookie & 0xFFFF == 12347:
        count = (cookie >> 16) + 1
        place = 4 + (count + 7) // 8
        runs = data[4:place]
    else:
        assert cookie == 12346, "no bitmap"
        count = struct.unpack_from("<I", data, 4)[0]
        place = 8
    heads = [struct.unpack_from("<HH", data, place + 4 * number) for number in range(count)]
    place += 4 * count
    if not runs or count >= 4:
        # The offsets of the containers, which follow each other anyway.
        place += 4 * count
    ordinals = []
    for number, (high, size) in enumerate(heads):
        base = high << 16
        if runs and runs[number // 8] >> number % 8 & 1:
            pairs = struct.unpack_from("<H", data, place)[0]
            place += 2
            for _ in range(pairs):
                start, length = struct.unpack_from("<HH", data, place)
                place += 4
                ordinals += range(base + start, base + start + length + 1)
        elif size + 1 <= 4096:
            ordinals += [base + low for low in struct.unpack_from(f"<{size + 1}H", data, place)]
            place += 2 * (size + 1)
        else:
            bits = int.from_bytes(data[place : place + 8192], "little")
            ordinals += [base + low for low in range(65536) if bits >> low & 1]
            place += 8192
    return ordinals
