target_link_libraries(voxcapf PRIVATE endpoint capf)
