"""What the fields of operations may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictFloat, StrictInt, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,63}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Title = Annotated[str, StringConstraints(max_length=10_000)]
Coordinate = Annotated[StrictInt, Field(ge=-(10**9), le=10**9)] | Annotated[StrictFloat, Field(ge=-1e9, le=1e9)]
Position = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
Names = Annotated[list[Name], Field(min_length=1, max_length=10_000)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,63}(\.[^\x00-\x1f]{1,128})?$")]
