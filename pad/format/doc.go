// Package format turns a pad's markdown into files and pages, and files of other programs into markdown. It holds no
// clock, file or connection.
//
// It promises that HTML which leaves it runs nothing, loads nothing from elsewhere and is well-formed; and that a
// stranger's file costs no more memory than its bounds allow, however it was packed. Every
// format is translated by way of the blocks of blocks.go: read that first, then markdown.go.
package format
