/* The first record of a peer, before TLS has anything to do with it. */
#ifndef LIBCERT_SERVE_HELLO_H
#define LIBCERT_SERVE_HELLO_H

enum hello {
    HELLO_AWAITED, /* not there as a whole; the socket is not readable again before it is */
    HELLO_CAME,    /* whole, or what can be no hello: TLS is to look at it */
    HELLO_NEVER,   /* the peer has gone without a byte */
};

/* hello_look(fd, awaited): the socket is readable: how is it with the first record? awaited: 0 at first, then kept for
 * the next call. */
enum hello hello_look(int fd, int *awaited);

#endif
