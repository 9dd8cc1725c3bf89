// Command bundle makes one script of a line of JavaScript and the npm packages that it names, for tests in browsers. It
// promises nothing to anybody else. Read main.go.
package main
