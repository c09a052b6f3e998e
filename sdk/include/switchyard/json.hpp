// JSON for hosts and plug-ins, from the standard library alone: reading in place, checking, escaping, patching. For a
// tree that can be rearranged see json_dom.hpp, which needs RapidJSON.
#pragma once

#include "json_patch.hpp"
#include "json_scan.hpp"
#include "json_text.hpp"
#include "json_view.hpp"
