# A key is made in a thread of its own, while the server is asked for patience.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
target_link_libraries(voxcapf PRIVATE capf Threads::Threads)
