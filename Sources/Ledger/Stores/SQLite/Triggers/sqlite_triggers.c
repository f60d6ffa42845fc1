#include "sqlite_triggers.h"

#include <sqlite3.h>

int ledger_set_triggers(struct sqlite3 *connection, int on) {
    int now = -1;
    int code = sqlite3_db_config(connection, SQLITE_DBCONFIG_ENABLE_TRIGGER, on, &now);
    return code == SQLITE_OK && now != on ? SQLITE_ERROR : code;
}
