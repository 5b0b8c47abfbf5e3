/*
 * One record of a trust list: reading and writing. Source: docs/formats/trust-list.md 3.
 */
#ifndef CTL_RECORD_H
#define CTL_RECORD_H

#include <ctl/list.h>
#include <libcert/tlv.h>

/*
 * record_read(r, number, out, err): take one record from the front of r. number, from 1, is for messages. out borrows
 * r's bytes and owns its certificate. Errors: VOX_E_INPUT, VOX_E_MEMORY; out is empty then. Free with record_free().
 */
enum vox_err record_read(struct tlv_reader *r, size_t number, struct ctl_record *out, struct vox_error *err);
void record_free(struct ctl_record *r);

/* record_encode(w, r): write r again from its fields, TLVs in the order they stood in; RECORDLENGTH is what comes out.
 */
void record_encode(struct tlv_writer *w, const struct ctl_record *r);

/* record_write(w, m, err): a new record of member m, TLVs in the vendor's order. Errors: VOX_E_INPUT (role over 16
 * bits, name too long, an emptied record without a name), VOX_E_MEMORY. */
enum vox_err record_write(struct tlv_writer *w, const struct ctl_member *m, struct vox_error *err);

#endif
