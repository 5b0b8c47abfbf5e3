# 'voxtrust demo' runs a script that lies at ../share/voxtrust beside the folder of the program, in the build as when installed.
configure_file(voxtrust/demo.sh ${CMAKE_BINARY_DIR}/share/voxtrust/demo.sh COPYONLY)
install(PROGRAMS voxtrust/demo.sh DESTINATION share/voxtrust)
