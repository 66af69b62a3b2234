"""How often one person may change rooms, over the socket or REST."""

from core.limits import Limit

# Each change is stored in the database and sent to everybody in the room. Commands that only move
# the film are not stored, and are limited by the frames that a socket may send.
CHANGES = Limit("change-room", burst=100, per_minute=120)
