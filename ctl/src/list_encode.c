#include <ctl/list.h>
#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "header_write.h"
#include "record.h"

enum vox_err ctl_list_encode(const struct ctl_list *l, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(LIMIT_LIST_FILE);

    header_write(&w, &l->header, l->file.data, (struct bytes_view){NULL, 0});
    for (size_t i = 0; i < l->nrecords; i++)
        record_encode(&w, &l->records[i]);
    return tlv_finish(&w, out, err);
}
