/*
 * The daemons' log: one event, one line, on standard error; journald takes the level from the "<N>" prefix.
 */
#ifndef LIBCERT_LOG_H
#define LIBCERT_LOG_H

#include <stddef.h>

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

/*
 * log_open(program, level): say who speaks and what is still worth saying (LOG_LEVEL_INFO: all but debug). With
 * $JOURNAL_STREAM lines carry "<N>" and no time; otherwise "2026-11-23T22:55:41Z program[pid]: ".
 */
void log_open(const char *program, enum log_level level);

/*
 * log_line(level, fmt, ...): one write(2) of one line. What printable.h does not show (controls, bytes that are no
 * UTF-8, what turns the writing round) is written as \xNN, so that what a peer says cannot forge a line or reach a
 * terminal. What fmt makes is cut at 1,999 bytes before, and a line with its escapes ends in "..." when it is longer
 * than about 2,100. A log that cannot be written is not noticed.
 */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
