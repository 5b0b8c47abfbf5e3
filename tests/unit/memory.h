/*
 * Allocations of our own code that fail. A unit whose name ends in _memory is linked so that what our code takes comes
 * through here (tests/CMakeLists.txt: --wrap); what libraries take for themselves does not. So it works in every build,
 * under the address sanitizer too, which tells what is not given back.
 *
 *     for (long at = 1; memory_reached(); at++) {     the first time: true
 *         memory_plan(at, false);
 *         memory_fails(true);
 *         ... what is tested ...
 *         memory_fails(false);
 *     }
 */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    long at, seen; /* the one that fails; how many there were since memory_plan() */
    bool all_later, armed;
} memory = {.seen = 1, .at = 1};

/* Of those that follow while memory_fails(true), the at-th fails, with all_later those behind it too. */
static inline void memory_plan(long at, bool all_later)
{
    memory.at = at;
    memory.all_later = all_later;
    memory.seen = 0;
    memory.armed = false;
}

/* What the test takes for itself does not fail, and is not counted: it says false before, and gives back what it found
 * after. */
static inline bool memory_fails(bool armed)
{
    bool before = memory.armed;

    memory.armed = armed;
    return before;
}

/* Did the planned one come? If not, the walk is at its end. */
static inline bool memory_reached(void)
{
    return memory.seen >= memory.at;
}

static bool memory_is_out(void)
{
    if (!memory.armed)
        return false;
    memory.seen++;
    return memory.seen == memory.at || (memory.all_later && memory.seen > memory.at);
}

void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *p, size_t len);
void *__real_reallocarray(void *p, size_t n, size_t len);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
char *__real_realpath(const char *path, char *out);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *p, size_t len);
void *__wrap_reallocarray(void *p, size_t n, size_t len);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);
char *__wrap_realpath(const char *path, char *out);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));

void *__wrap_malloc(size_t len)
{
    return memory_is_out() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
    return memory_is_out() ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *p, size_t len)
{
    return memory_is_out() ? NULL : __real_realloc(p, len);
}

void *__wrap_reallocarray(void *p, size_t n, size_t len)
{
    return memory_is_out() ? NULL : __real_reallocarray(p, n, len);
}

char *__wrap_strdup(const char *text)
{
    return memory_is_out() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
    return memory_is_out() ? NULL : __real_strndup(text, n);
}

char *__wrap_realpath(const char *path, char *out)
{
    return out == NULL && memory_is_out() ? NULL : __real_realpath(path, out);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int n = -1;

    va_start(args, format);
    if (!memory_is_out())
        n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

int __wrap___asprintf_chk(char **out, int flag, const char *format, ...) /* what optimized builds call for it */
{
    va_list args;
    int n = -1;

    (void)flag;
    va_start(args, format);
    if (!memory_is_out())
        n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

#endif
