// A disk that remembers. Each file is the ordinary one with our methods around it.
#include "disk.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct file {
    sqlite3_file base;
    char name[64];
    int remembered;
    sqlite3_file *real; // lies right behind
};

static sqlite3_vfs *usual;
static sqlite3_vfs ours;
static sqlite3_io_methods methods;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct disk_event *events;
static size_t count, room;
static int recording, lying;

static sqlite3_file *real(sqlite3_file *file) { return ((struct file *)file)->real; }

static void remember(int operation, const char *name, int64_t offset, const void *bytes, size_t size) {
    pthread_mutex_lock(&lock);
    if (recording) {
        if (count == room) {
            room = room ? room * 2 : 1024;
            events = realloc(events, room * sizeof *events);
            if (!events) abort();
        }
        uint8_t *copy = NULL;
        if (size) {
            copy = malloc(size);
            if (!copy) abort();
            memcpy(copy, bytes, size);
        }
        char *kept = strdup(name);
        if (!kept) abort();
        events[count++] = (struct disk_event){operation, kept, offset, size, copy};
    }
    pthread_mutex_unlock(&lock);
}

static void note(sqlite3_file *file, int operation, int64_t offset, const void *bytes, size_t size) {
    struct file *it = (struct file *)file;
    if (it->remembered) remember(operation, it->name, offset, bytes, size);
}

static int file_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }
static int file_read(sqlite3_file *file, void *to, int size, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), to, size, at);
}
static int file_write(sqlite3_file *file, const void *from, int size, sqlite3_int64 at) {
    int code = real(file)->pMethods->xWrite(real(file), from, size, at);
    if (code == SQLITE_OK) note(file, DISK_WRITE, at, from, (size_t)size);
    return code;
}
static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int code = real(file)->pMethods->xTruncate(real(file), size);
    if (code == SQLITE_OK) note(file, DISK_TRUNCATE, size, NULL, 0);
    return code;
}
static int file_sync(sqlite3_file *file, int flags) {
    const char *name = ((struct file *)file)->name;
    size_t length = strlen(name);
    if (lying && length > 4 && strcmp(name + length - 4, "-wal") == 0) return SQLITE_OK;
    int code = real(file)->pMethods->xSync(real(file), flags);
    if (code == SQLITE_OK) note(file, DISK_SYNC, 0, NULL, 0);
    return code;
}
static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
static int file_lock(sqlite3_file *file, int how) { return real(file)->pMethods->xLock(real(file), how); }
static int file_unlock(sqlite3_file *file, int how) { return real(file)->pMethods->xUnlock(real(file), how); }
static int file_reserved(sqlite3_file *file, int *out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
static int file_control(sqlite3_file *file, int what, void *with) {
    return real(file)->pMethods->xFileControl(real(file), what, with);
}
static int file_sector(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
// Nothing is promised of the disk: it may tear and reorder whatever was not synced.
static int file_traits(sqlite3_file *file) { (void)file; return 0; }
static int shared_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}
static int shared_lock(sqlite3_file *file, int at, int n, int flags) {
    return real(file)->pMethods->xShmLock(real(file), at, n, flags);
}
static void shared_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int shared_unmap(sqlite3_file *file, int delete) {
    return real(file)->pMethods->xShmUnmap(real(file), delete);
}

static int disk_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    struct file *it = (struct file *)file;
    memset(it, 0, sizeof *it);
    it->real = (sqlite3_file *)(it + 1);
    // What SQLite keeps for itself alone is gone with the power, whatever it holds.
    it->remembered = path && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    if (path) {
        const char *last = strrchr(path, '/');
        strncpy(it->name, last ? last + 1 : path, sizeof it->name - 1);
    }
    int code = usual->xOpen(usual, path, it->real, flags, out);
    if (it->real->pMethods) it->base.pMethods = &methods;
    return code;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int sync) {
    (void)vfs;
    int code = usual->xDelete(usual, path, sync);
    const char *last = strrchr(path, '/');
    if (code == SQLITE_OK) remember(DISK_DELETE, last ? last + 1 : path, sync, NULL, 0);
    return code;
}

int disk_install(void) {
    usual = sqlite3_vfs_find(NULL);
    if (!usual) return SQLITE_ERROR;
    methods = (sqlite3_io_methods){
        .iVersion = 2, .xClose = file_close, .xRead = file_read, .xWrite = file_write,
        .xTruncate = file_truncate, .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock,
        .xUnlock = file_unlock, .xCheckReservedLock = file_reserved, .xFileControl = file_control,
        .xSectorSize = file_sector, .xDeviceCharacteristics = file_traits, .xShmMap = shared_map,
        .xShmLock = shared_lock, .xShmBarrier = shared_barrier, .xShmUnmap = shared_unmap,
    };
    ours = *usual;
    ours.zName = "remembering";
    ours.szOsFile = (int)sizeof(struct file) + usual->szOsFile;
    ours.xOpen = disk_open;
    ours.xDelete = disk_delete;
    return sqlite3_vfs_register(&ours, 1);
}

void disk_record(int on) { recording = on; }
void disk_lie(int on) { lying = on; }
void disk_note(int64_t number) { remember(DISK_NOTE, "", number, NULL, 0); }
size_t disk_count(void) { return count; }
struct disk_event disk_event_at(size_t place) { return events[place]; }

void disk_forget(void) {
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++) {
        free((void *)events[i].file);
        free((void *)events[i].bytes);
    }
    count = 0;
    pthread_mutex_unlock(&lock);
}

// linux/fs.h has it only of late: _IOR('X', 125, __u32); 2: without writing the log out first.
#define SHUTDOWN _IOR('X', 125, uint32_t)

int disk_cut(const char *folder) {
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    uint32_t how = 2;
    int code = ioctl(descriptor, SHUTDOWN, &how);
    close(descriptor);
    return code;
}
