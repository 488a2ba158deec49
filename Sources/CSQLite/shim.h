// SQLite, the one file-system call that Swift's Glibc module leaves out, and wrappers for what Swift cannot call: macros with casts, variadic
// functions, calls that are reached through a table.
#ifndef CRON_CSQLITE_SHIM_H
#define CRON_CSQLITE_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

// SQLite copies the bytes before these return.
static inline int cs_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int cs_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}

// No statement may damage the file on purpose, whatever a hostile file's schema says.
static inline int cs_set_defensive(sqlite3 *connection) { return sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0); }

// Makes a copy of the bytes the content of a database in memory.
static inline int cs_deserialize(sqlite3 *connection, const void *bytes, sqlite3_int64 count) {
    unsigned char *copy = sqlite3_malloc64((sqlite3_uint64)count);
    if (!copy) return SQLITE_NOMEM;
    memcpy(copy, bytes, (size_t)count);
    return sqlite3_deserialize(
        connection, "main", copy, count, count, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
}

// What SQLite opens, its log and the like included, must be ours: what was opened is asked, so nobody can be faster. Folders are opened to sync them.
static inline int cs_open_plain(const char *path, int flags, int mode) {
    int descriptor = open(path, flags | O_NOFOLLOW | O_NOCTTY, mode);
    struct stat facts;
    if (descriptor < 0) return descriptor;
    if (fstat(descriptor, &facts) == 0) {
        if (S_ISDIR(facts.st_mode)) return descriptor;
        if (S_ISREG(facts.st_mode) && (facts.st_uid == 0 || facts.st_uid == geteuid()) && facts.st_nlink <= 1 && !(facts.st_mode & S_IWOTH))
            return descriptor;
    }
    close(descriptor);
    errno = EPERM;
    return -1;
}

// For this process, from now on.
static inline int cs_open_only_plain_files(void) {
    sqlite3_vfs *files = sqlite3_vfs_find((const char *)0);
    return files && files->xSetSystemCall ? files->xSetSystemCall(files, "open", (sqlite3_syscall_ptr)cs_open_plain) : SQLITE_ERROR;
}

#endif
