target_link_libraries(voxphone PRIVATE endpoint capf tvs PkgConfig::CURL PkgConfig::EXPAT)
