# A tree is signed by as many threads as there are cores.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
target_link_libraries(voxsign PRIVATE Threads::Threads)
