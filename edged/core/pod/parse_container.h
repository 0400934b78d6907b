#pragma once

#include "edged/core/pod/field_reader.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

Container ParseContainer(const FieldReader& reader);
SecurityContext ParseSecurityContext(const FieldReader& reader);
FieldRef ParseFieldRef(const FieldReader& reader);
ResourceFieldRef ParseResourceFieldRef(const FieldReader& reader);
ObjectRef ParseObjectRef(const FieldReader& reader, ObjectRef::Kind kind,
                         const char* name_key = "name");
Volume ParseVolume(const FieldReader& reader);

}  // namespace edge::edged
