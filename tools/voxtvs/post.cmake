target_link_libraries(voxtvs PRIVATE endpoint tvs)
