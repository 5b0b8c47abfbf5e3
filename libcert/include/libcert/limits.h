/*
 * Limits on what is taken in and made, with their reasons. Sizes that a format or a structure has (a name's letters, a
 * message's header, the most of a verb's option) stand with it; what bounds input from outside belongs here.
 */
#ifndef LIBCERT_LIMITS_H
#define LIBCERT_LIMITS_H

enum {
    /* docs/formats/trust-list.md 6: phones hold far less; keeps memory bounded. */
    LIMIT_LIST_FILE = 1024 * 1024, /* bytes of a trust list */
    LIMIT_LIST_RECORDS = 1000,     /* records in a trust list */
    LIMIT_LIST_PHONE = 64 * 1024,  /* bytes above which phones stop registering (warning) */
    LIMIT_LIST_SIGNERS = 8, /* records under the signer's names whose key is tried: each costs a hash of the list */
    LIMIT_LIST_SAST = 2,    /* SAST records that phones are documented to take (warning) */

    LIMIT_TLV_VALUE = 65535, /* a TLV length is 16 bits */

    LIMIT_SIGNED_FILE = 256 * 1024 * 1024, /* a signed file: firmware is the largest, about 100 MB */
    LIMIT_CONFIG_FILE = 4 * 1024 * 1024,   /* a phone configuration that is parsed as XML or encrypted */
    LIMIT_XML_DEPTH = 64,                  /* nesting of a phone configuration */

    LIMIT_LOG_FILE = 1024 * 1024 * 1024,  /* an access log: some 150 bytes a line */
    LIMIT_PACKED_LOG = 256 * 1024 * 1024, /* a rotated log while it is unpacked to be followed: it is held in memory */
    LIMIT_TABLE_FILE = 64 * 1024 * 1024,  /* a table of phones: some 40 bytes each, clusters have up to 100,000 */

    LIMIT_CA_FILE = 64 * 1024 * 1024, /* requests for a CA that is elsewhere, or its answers: 0.8 and 1.4 KB each */
    LIMIT_CA_REQUESTS = 20000,        /* in one such file */

    LIMIT_BUNDLE_FILE = 16 * 1024 * 1024, /* certificates handed in together */
    LIMIT_BUNDLE_CERTS = 2000,            /* certificates in one bundle */
    LIMIT_CERT_DER = 60 * 1024,           /* one certificate: must fit into a TLV with room to spare */
    LIMIT_CANARY_PHONES = 5000, /* phones of a canary: each has a file and a version in the history of its own */
    LIMIT_FOREIGN_FILE = 4 * 1024 * 1024, /* another cluster's bundle: JSON of that size takes some 80 MB to read */
    LIMIT_FOREIGN_NODES = 100,            /* servers in it: the vendor's clusters have up to 28 */
    LIMIT_FOREIGN_CERTS = 1000,           /* certificates in it: six of each server, and as many in rotation */
    LIMIT_FOREIGN_LISTS = 50,             /* lists in it: a CTL, and an ITL of each TFTP server */
    LIMIT_FOREIGN_TRUSTED = 4000,         /* fingerprints in it of what the cluster trusts */
    LIMIT_SCAN_REPLY = 8192,              /* bytes of a server's answer to a ClientHello: the first message is enough */
    LIMIT_SCAN_SHOWN = 32768,             /* bytes of an answer with certificates: eight large ones */
    LIMIT_SCAN_HELLO = 4096,       /* bytes of a ServerHello: real ones have 80, with key shares to come under 1,500 */
    LIMIT_SCAN_PER_HOST = 8,       /* connections at once to one host: it has calls to care for */
    LIMIT_SCAN_JOBS = 512,         /* connections at once in all: half of the descriptors that a process has */
    LIMIT_INVENTORY_HOSTS = 20000, /* lines of an inventory: above, its ports no longer fit into some 200 MB */

    LIMIT_CHAIN_DEPTH = 8, /* certificates from leaf to root */

    LIMIT_RSA_BITS_MIN = 1024,     /* below: refused (contract of voxcert) */
    LIMIT_RSA_BITS_MAX = 16384,    /* above: checking it takes seconds (CVE-2023-6237); public roots go to 4096 */
    LIMIT_TRUNK_DESTINATIONS = 16, /* of a SIP trunk: the vendor's */
    LIMIT_TRUNK_NAMES = 4096,      /* characters of a profile's subject names with what stands between: the vendor's */

    LIMIT_PASSWORD = 1024,          /* bytes of a password or PIN file's first line */
    LIMIT_KEY_FILE = 64 * 1024,     /* bytes of a private key file */
    LIMIT_KDF_ITERATIONS = 2000000, /* stretching of a password: about 2 s; writers use thousands to a million */

    LIMIT_NAME_ATTRIBUTES = 64, /* of a name whose text is compared: real ones have up to ten; keeps it linear */
    LIMIT_NAME_TEXT = 1024,     /* bytes of a node, cluster, DNS or file name */
    LIMIT_DNS_NAME = 253,       /* RFC 1035 2.3.4 */
};

#endif
