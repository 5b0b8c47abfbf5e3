/* Words to the service manager (sd_notify's protocol), without its library. */
#ifndef LIBCERT_SERVE_NOTIFY_H
#define LIBCERT_SERVE_NOTIFY_H

/* notify_send(fmt, ...): "READY=1\nSTATUS=..." to $NOTIFY_SOCKET; nothing without one. */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* notify_watchdog_ms(): how often WATCHDOG=1 is due, in milliseconds (half of what the manager waits); 0: never. */
long notify_watchdog_ms(void);

#endif
