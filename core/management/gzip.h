// Compression of answers.
#pragma once

#include "management/api.h"

#include <string_view>

namespace switchyard::management
{

/// Compresses the body when the client takes gzip and it is worth it.
void compress(Response& response, std::string_view acceptEncoding);

} // namespace switchyard::management
