#!/bin/bash -eu
# Builds classes and libraries into $OUT and makes one executable for each @FuzzTest, as OSS-Fuzz
# documents it for the JVM. The targets need the JDK that the project is built with.
export JAVA_HOME=$OUT/jdk-25
rsync -aL --delete /opt/jdk-25/ "$JAVA_HOME/"

mvn -B --no-transfer-progress test-compile dependency:copy-dependencies \
  -DincludeScope=test -DoutputDirectory="$OUT/lib"
rsync -a --delete target/classes/ "$OUT/classes/"
rsync -a --delete target/test-classes/ "$OUT/test-classes/"
mkdir -p "$OUT/src/test"
rsync -a --delete src/test/resources "$OUT/src/test/" # tests read their images from there

bench/fuzz --list | while IFS=. read -r class method; do
  file=$(find src/test/java -name "$class.java")
  name=${file#src/test/java/}
  name=${name%.java}
  {
    echo '#!/bin/bash'
    echo '# LLVMFuzzerTestOneInput for fuzzer detection.'
    echo 'this_dir=$(cd "$(dirname "$0")" && pwd)'
    echo 'export JAVA_HOME=$this_dir/jdk-25'
    echo 'cd "$this_dir"'
    echo 'LD_LIBRARY_PATH=$JAVA_HOME/lib/server:$this_dir \'
    echo '"$this_dir/jazzer_driver" --agent_path="$this_dir/jazzer_agent_deploy.jar" \'
    echo '--cp="$this_dir/test-classes:$this_dir/classes:$this_dir/lib/*" \'
    echo "--target_class=${name//\//.} --target_method=$method --hooks=true \\"
    echo '--jvm_args="--enable-native-access=ALL-UNNAMED:-Xmx1024m:-Djava.awt.headless=true" "$@"'
  } > "$OUT/$class-$method"
  chmod +x "$OUT/$class-$method"
done
