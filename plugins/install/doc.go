// Package install finds plugins and looks after those that a user has installed.
//
// A plugin in a folder says what it is in plugin.yaml, see Manifest. Folder.Resolve finds out how anything that people call a plugin is
// launched: an executable, a shared library with the C ABI, a Python script, such a folder, or the name of an installed one. Folder.Install
// copies, clones or downloads one into the user's folder, builds it there in a temporary sibling, starts it once, and only then
// puts it in its place; a lock file says what was installed, from where, and what it consisted of.
package install
