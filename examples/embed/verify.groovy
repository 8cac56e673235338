// What the example printed, and that the native engine answered.
String log = new File(basedir, 'build.log').getText('UTF-8')
assert log =~ /0\.\d{4} horse/
