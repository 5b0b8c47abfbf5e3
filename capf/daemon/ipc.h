/*
 * What the processes of voxcapfd say to each other: a table of typed, bounded messages over serve_link.
 * Every message: type (1), then its fields; read through the bounded cursor, unknown types and wrong lengths are
 * errors.
 */
#ifndef CAPF_DAEMON_IPC_H
#define CAPF_DAEMON_IPC_H

#include <capf/issuer.h>
#include <libcert/bytes.h>

enum ipc_type {
    /* net -> state */
    IPC_OPENED = 1, /* connection, peer: send the greeting */
    IPC_FRAME = 2,  /* connection, one whole CAPF message */
    IPC_CLOSED = 3, /* connection, why */
    /* state -> net */
    IPC_REPLY = 4, /* connection, bytes, wait in seconds, end */
    /* state -> sign */
    IPC_ISSUE = 5,     /* request */
    IPC_RECONCILE = 6, /* tell the results that the store may lack, then IPC_RECONCILED; all: whatever it said it has */
    IPC_RECORDED = 7,  /* request id: the store holds its result durably */
    /* sign -> state */
    IPC_ISSUED = 8,      /* request id, device, recorded: the store has said that it has it; certificate */
    IPC_REFUSED = 9,     /* request id, why: key, name, caps */
    IPC_LATER = 10,      /* request id, why: disk full, token gone */
    IPC_RECONCILED = 11, /* end: that was the last one; else ask again when the store has these */
};

struct ipc_message {
    uint8_t type;
    uint64_t connection;
    char text[200]; /* peer address or why */
    bool legacy, end, all, recorded;
    uint32_t wait_s;
    struct bytes_view bytes;     /* frame, reply or certificate; borrowed from the message read */
    struct capf_request request; /* ISSUE: all; ISSUED, REFUSED, LATER, RECORDED: id (and device) */
};

/* ipc_write(m, out, err): errors VOX_E_INPUT (too large), VOX_E_MEMORY. Free with bytes_free(). ipc_read(data, out,
 * err): VOX_E_INPUT. */
enum vox_err ipc_write(const struct ipc_message *m, struct bytes *out, struct vox_error *err);
enum vox_err ipc_read(struct bytes_view data, struct ipc_message *out, struct vox_error *err);

#endif
