# ferry_layer(NAME USES layer... LIBS target... [THREADS]): src/NAME becomes the library ferry_NAME.
# x.cpp is compiled into it, x_test.cpp into NAME_test, x_fuzz.cpp into the program x_fuzz.
# THREADS: its tests use threads, so they also run under TSan.
add_library(ferry_options INTERFACE)
target_include_directories(ferry_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(ferry_options INTERFACE Threads::Threads fmt::fmt)

# Asio is compiled once, here; everything else sees declarations only.
add_library(ferry_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio.cpp)
target_link_libraries(ferry_asio PUBLIC ferry_options Boost::headers)
target_compile_definitions(ferry_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                                             BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_NO_TS_EXECUTORS)
target_precompile_headers(ferry_asio INTERFACE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)

function(ferry_layer NAME)
  cmake_parse_arguments(ARG "THREADS" "" "USES;LIBS" ${ARGN})
  set(DIR ${PROJECT_SOURCE_DIR}/src/${NAME})
  file(GLOB_RECURSE ALL CONFIGURE_DEPENDS ${DIR}/*.cpp)
  set(TESTS ${ALL})
  set(FUZZ ${ALL})
  set(SOURCES ${ALL})
  list(FILTER TESTS INCLUDE REGEX "_test\\.cpp$")
  list(FILTER FUZZ INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER SOURCES EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  list(TRANSFORM ARG_USES PREPEND ferry_)
  if(SOURCES)
    add_library(ferry_${NAME} STATIC ${SOURCES})
    target_link_libraries(ferry_${NAME} PUBLIC ferry_options ${ARG_USES} ${ARG_LIBS})
  else()
    add_library(ferry_${NAME} INTERFACE)
    target_link_libraries(ferry_${NAME} INTERFACE ferry_options ${ARG_USES} ${ARG_LIBS})
  endif()
  if(FERRY_TESTS AND TESTS)
    set(LABELS unit)
    if(ARG_THREADS)
      list(APPEND LABELS threads)
    endif()
    ferry_test(${NAME}_test SOURCES ${TESTS} LIBS ferry_${NAME} LABELS ${LABELS})
  endif()
  if(FERRY_FUZZ)
    foreach(FILE ${FUZZ})
      get_filename_component(TARGET ${FILE} NAME_WE)
      add_executable(${TARGET} ${FILE})
      target_link_libraries(${TARGET} PRIVATE ferry_${NAME})
      target_link_options(${TARGET} PRIVATE -fsanitize=fuzzer)
      add_dependencies(fuzz_targets ${TARGET})
    endforeach()
  endif()
endfunction()

# What each kind of build makes; ./dev asks for these by name.
add_custom_target(fuzz_targets)
add_custom_target(sanitized)  # programs for ASan and UBSan
add_custom_target(threaded)   # programs for TSan

# ferry_test(NAME SOURCES file... LIBS target... [LABELS unit|transcripts|threads|slow...]): one GoogleTest program, one
# ctest case (a case a test would be thousands of processes). tests/support is at hand in each.
function(ferry_test NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_LIBS} ferry_support GTest::gmock GTest::gtest_main)
  add_test(NAME ${NAME} COMMAND ${NAME} --gtest_brief=1)
  set_tests_properties(${NAME} PROPERTIES TIMEOUT 600 LABELS "${ARG_LABELS}")
  if("unit" IN_LIST ARG_LABELS OR "transcripts" IN_LIST ARG_LABELS)
    add_dependencies(sanitized ${NAME})
  endif()
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(threaded ${NAME})
  endif()
endfunction()
