// Package site writes leaderboards as a web site: pages for the families, problems, solvers and machines of a database, or all of it as
// one file. It needs no server, no network and nobody else's scripts: tables and figures are in the HTML, and what sorts, filters and
// shows single runs is one script that can be read.
//
// Names, options, reasons and standard error come from plugins, which are other people's code: they are escaped for where they stand, cut
// at a reasonable length, and freed of what would not show as itself, and a Content-Security-Policy lets nothing run but that script.
package site
