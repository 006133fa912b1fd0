"""One way to bytes and back: msgpack with UUIDs as sixteen bytes; decoding is strict. JSON is for what people open."""

from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")
Raw = msgspec.Raw
TOO_DEEP = "nested too deeply, or text that is no UTF-8"
_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
encode = _encoder.encode
"""Encode a struct or plain value to msgpack bytes."""


_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}


def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    """The decoder of `kind`, made once: building one costs more than a thousand uses."""
    if kind not in _decoders:
        _decoders[kind] = msgspec.msgpack.Decoder(kind)
    return _decoders[kind]


def decode(data: bytes | Raw | memoryview, kind: type[T]) -> T:
    """Read msgpack bytes as `kind`; msgspec.DecodeError (or ValidationError) when they are not."""
    try:
        return cast(T, _decoder(kind).decode(data))
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError(TOO_DEEP) from error


def decode_json(data: bytes | str, kind: type[T]) -> T:
    """Read JSON as `kind`; msgspec.DecodeError (or ValidationError) when it is not, whatever is wrong with it."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (RecursionError, UnicodeDecodeError) as error:
        raise msgspec.DecodeError(TOO_DEEP) from error
