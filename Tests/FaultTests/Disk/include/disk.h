// A disk that remembers: SQLite's own way to the files (sqlite.org/vfs.html), and a list of all that was done to them.
#ifndef LEDGER_FAULT_DISK_H
#define LEDGER_FAULT_DISK_H

#include <stddef.h>
#include <stdint.h>

enum disk_operation {
    DISK_WRITE = 1,
    DISK_TRUNCATE = 2,
    DISK_SYNC = 3,
    DISK_DELETE = 4,
    DISK_NOTE = 5,
};

// One thing that was done. `bytes` belong to the disk and stay until `disk_forget`.
struct disk_event {
    int operation;
    const char *file;      // the last part of its name
    int64_t offset;        // of a write; the length of a truncation; the number of a note
    size_t count;
    const uint8_t *bytes;
};

// Puts the disk in the way of every database that is opened from now on. 0, or an SQLite error.
int disk_install(void);
// Whether what is done is remembered.
void disk_record(int on);
// The seeded bug: a sync of the log is answered at once, and not done.
void disk_lie(int on);
// A moment that the program marks.
void disk_note(int64_t number);
size_t disk_count(void);
struct disk_event disk_event_at(size_t place);
void disk_forget(void);

// Cuts a mounted file system off, as when the power goes: what its log has not on disk is lost (FS_IOC_SHUTDOWN).
// 0, or -1 with errno.
int disk_cut(const char *folder);

#endif
