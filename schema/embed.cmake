# Turn the numbered schema steps into C:
#   cmake -DOUT=FILE.c "-DSTEPS=0001_a.sql;0002_b.sql" -P embed.cmake
#
# The array is the one of hss/store_schema.h. The numbers have to run from 1 without a gap.
if(NOT OUT OR NOT STEPS)
  message(FATAL_ERROR "embed.cmake needs -DOUT= and -DSTEPS=")
endif()

list(SORT STEPS)
set(rows "")
set(expected 0)
foreach(step IN LISTS STEPS)
  get_filename_component(file "${step}" NAME)
  if(NOT file MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "${file}: a step is called NNNN_name.sql")
  endif()
  set(digits "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  string(REGEX REPLACE "^0+" "" number "${digits}")
  math(EXPR expected "${expected} + 1")
  if(NOT number EQUAL expected)
    message(FATAL_ERROR "${file}: step ${expected} is missing")
  endif()
  file(READ "${step}" text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\t" "\\t" text "${text}")
  string(REPLACE "\n" "\\n\"\n\t \"" text "${text}")
  string(APPEND rows "\t{${number}, \"${name}\",\n\t \"${text}\"},\n")
endforeach()

file(WRITE "${OUT}" "/* Made by schema/embed.cmake from schema/sqlite; do not edit. */
#include \"hss/store_schema.h\"

const struct store_step store_sqlite_steps[] = {
${rows}};

const int store_sqlite_n_steps = ${expected};
")
