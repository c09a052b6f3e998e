# Suites of the sanitizer trees as tests of the release tree, so that one CTest summary closes a whole run.

set(SWITCHYARD_ASAN_TREE "${PROJECT_SOURCE_DIR}/build/asan" CACHE PATH "build folder of the address sanitizer")
set(SWITCHYARD_TSAN_TREE "${PROJECT_SOURCE_DIR}/build/tsan" CACHE PATH "build folder of the thread sanitizer")

# switchyard_sanitized(name [LABEL tier] TIMEOUT seconds COMMAND words...)
# Tests asan_<name> and tsan_<name> of the tier full, or of LABEL. In the words @TREE@ stands for the sanitizer's build folder; the
# first word must lie in it or be told it. In a tree that is sanitized itself nothing is added.
function(switchyard_sanitized name)
  if(SWITCHYARD_SANITIZE)
    return()
  endif()
  cmake_parse_arguments(F "" "TIMEOUT;LABEL" "COMMAND" ${ARGN})
  if(NOT F_LABEL)
    set(F_LABEL full)
  endif()
  foreach(kind asan tsan)
    string(TOUPPER "${kind}" upper)
    string(REPLACE "@TREE@" "${SWITCHYARD_${upper}_TREE}" words "${F_COMMAND}")
    add_test(NAME ${kind}_${name}
             COMMAND "${PROJECT_SOURCE_DIR}/tests/cmake/sanitized.sh" "${SWITCHYARD_${upper}_TREE}" ${words})
    set_tests_properties(${kind}_${name} PROPERTIES LABELS ${F_LABEL} TIMEOUT ${F_TIMEOUT} SKIP_RETURN_CODE 77
      ENVIRONMENT "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1;UBSAN_OPTIONS=print_stacktrace=1;TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1")
  endforeach()
endfunction()

# Every CppUnit suite that switchyard_unit has made so far.
function(switchyard_sanitize_units)
  get_property(units GLOBAL PROPERTY SWITCHYARD_UNITS)
  get_property(slow GLOBAL PROPERTY SWITCHYARD_UNITS_FOR_SOAK)
  foreach(unit IN LISTS units)
    set(tier full)
    if(unit IN_LIST slow)
      set(tier soak)
    endif()
    switchyard_sanitized(unit_${unit} LABEL ${tier} TIMEOUT 1200 COMMAND "@TREE@/tests/unit_${unit}")
  endforeach()
endfunction()
