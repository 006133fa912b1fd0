"""What can hinder the hub's database, each with the way out in its sentence."""

from shared.kernel.errors import Fault


class DatabaseFault(Fault):
    """The hub's Postgres cannot be started, reached or trusted as it is."""

    code = "database.fault"


class NoBinaries(DatabaseFault):
    code = "database.no_binaries"
    sentence = (
        "No Postgres programs were found that run here ({tried}). Run `make install`, install Postgres 15 or newer, "
        "or set PG_BIN to the folder that holds `initdb` and `postgres`."
    )


class WrongBinaries(DatabaseFault):
    code = "database.wrong_binaries"
    sentence = (
        "The database in {folder} was made by Postgres {wanted}, found are only {found}. "
        "Set PG_BIN to the programs of Postgres {wanted}."
    )


class NoServiceUser(DatabaseFault):
    code = "database.no_service_user"
    sentence = (
        "Postgres refuses to run as root, and no user named {names} exists. "
        "Create one (`useradd --system tillhouse`) or start Tillhouse as an ordinary user."
    )


class PlaceRefused(DatabaseFault):
    code = "database.place_refused"
    sentence = "The database cannot use the folder {folder}: {reason}. Choose another folder or correct its rights."


class KeysMissing(DatabaseFault):
    """A hub's database without the keys that belong to it."""

    code = "hub.keys_missing"
    sentence = (
        "{folder} holds a hub's database and no hub.key. Put the key's backup in place; a new key is another hub."
    )


class HubNotFounded(DatabaseFault):
    """A folder in which no hub was ever served."""

    code = "hub.not_founded"
    sentence = "{folder} holds no hub (no hub.key). Give the folder that the hub is served from, or serve it first."


class NoHubHere(DatabaseFault):
    """A folder in which no hub's keys lie: nothing of it is removed."""

    code = "hub.no_hub_here"
    sentence = "{folder} holds no hub (no hub.key). Nothing was removed; give the folder that the hub was served from."


class FolderInUse(DatabaseFault):
    code = "database.folder_in_use"
    sentence = "Another Tillhouse is using {folder}. Stop it first, or choose another folder."


class PortTaken(DatabaseFault):
    code = "database.port_taken"
    sentence = "Port {port} for the database is taken by another program. Stop that program or choose another port."


class DiskFull(DatabaseFault):
    code = "database.disk_full"
    sentence = "The disk that holds {folder} is full, so the database cannot start. Free some space and start again."


class DidNotStart(DatabaseFault):
    code = "database.did_not_start"
    sentence = "The database did not start: {reason}. The whole story is in {log}."


class DidNotStop(DatabaseFault):
    code = "database.did_not_stop"
    sentence = "The database process {pid} did not stop within {seconds} seconds. End it, then start again."


class AddressNotVerified(DatabaseFault):
    code = "database.address_not_verified"
    sentence = (
        "The database address of {host} must say `sslmode=verify-full`, so that nobody can stand in for the database. "
        "Add it, with `sslrootcert` naming the certificate of its authority."
    )


class AddressUnclear(DatabaseFault):
    code = "database.address_unclear"
    sentence = "The database address cannot be used: {problem}. Write it as postgresql://user@host:port/name."


class DatabaseAway(DatabaseFault):
    code = "database.away"
    sentence = "The database at {host} does not answer ({reason}). Check the address and that it is running."


class ServerTooOld(DatabaseFault):
    code = "database.too_old"
    sentence = "The database is Postgres {found}; Tillhouse needs {wanted} or newer. Upgrade it or use another."


class ExtensionMissing(DatabaseFault):
    code = "database.extension_missing"
    sentence = (
        "The database lacks the extension {name}. Install the package with Postgres' contributed extensions, "
        "then let a superuser run `create extension {name}` in the database {database}."
    )


class RolesMissing(DatabaseFault):
    code = "database.roles_missing"
    sentence = (
        "The database lacks {names}, and the login of the address may not create what is missing. "
        "Start once with a superuser's address, then go back to this one."
    )
