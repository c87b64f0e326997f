// Package sandbox runs other people's programs so that they can be measured, limited and ended as a whole, and reach nothing that
// they have not been given.
//
// A Box is one program with all processes it starts. It is started in two steps by our own executable, so that nothing is done
// between fork and exec of a program with threads:
//
//	harness → supervisor → entering stage, which becomes the program
//
// The supervisor is the first process of a PID namespace where the machine permits, so that the kernel ends the tree with it, and
// otherwise the one to which orphans of the tree fall. It dies with the harness, however that dies. The entering stage gives up
// what the program shall not have (capabilities, the network, file access by Landlock, dangerous system calls by seccomp), joins the
// cgroup last, so that nothing of ours is charged to it, and executes the program.
//
// What a machine cannot do is left out and reported by Box.Applied and Check, unless it was asked for: a limit in Config.Limits is
// enforced or New fails with a MissingError.
//
// An executable that makes boxes must call Main first thing, because both steps are that executable, started again.
package sandbox
