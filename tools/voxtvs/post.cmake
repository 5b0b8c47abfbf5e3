target_link_libraries(voxtvs PRIVATE tvs)
