// SQLite, the one file-system call that Swift's Glibc module leaves out, and wrappers for what Swift cannot call: macros with casts, variadic functions.
#ifndef CRON_CSQLITE_SHIM_H
#define CRON_CSQLITE_SHIM_H

#include <sqlite3.h>
#include <sys/vfs.h>

// SQLite copies the bytes before these return.
static inline int cs_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int cs_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}

// No statement may damage the file on purpose, whatever a hostile file's schema says.
static inline int cs_set_defensive(sqlite3 *connection) { return sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0); }

#endif
