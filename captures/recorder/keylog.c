/* Makes every OpenSSL program log its TLS secrets: LD_PRELOAD=keylog.so SSLKEYLOGFILE=FILE program ...
 *
 * The file is opened when the program starts: PostgreSQL, for one, could no longer do so once it accepts connections.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

typedef void (*callback)(const void *ssl, const char *line);

static int file = -1;

__attribute__((constructor)) static void open_file(void) {
    const char *path = getenv("SSLKEYLOGFILE");
    if (path != NULL)
        file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

static void log_line(const void *ssl, const char *line) {
    struct iovec parts[] = {{(void *)line, strlen(line)}, {"\n", 1}};
    (void)ssl;
    if (file >= 0 && writev(file, parts, 2) < 0)
        abort();
}

static void *logged(void *context) {
    void (*set)(void *, callback) = (void (*)(void *, callback))dlsym(RTLD_DEFAULT, "SSL_CTX_set_keylog_callback");
    if (context != NULL && set != NULL)
        set(context, log_line);
    return context;
}

void *SSL_CTX_new(const void *method) {
    void *(*next)(const void *) = (void *(*)(const void *))dlsym(RTLD_NEXT, "SSL_CTX_new");
    return logged(next(method));
}

void *SSL_CTX_new_ex(void *library, const char *properties, const void *method) {
    void *(*next)(void *, const char *, const void *) =
        (void *(*)(void *, const char *, const void *))dlsym(RTLD_NEXT, "SSL_CTX_new_ex");
    return logged(next(library, properties, method));
}
