#!/usr/bin/env bash
# Builds the native TensorFlow engine from package registries alone, for a test of it:
#
#     scripts/tfjsNode.sh FOLDER && NODE_PATH=FOLDER/node_modules npx vitest run test/tensor
#
# Its own install script downloads TensorFlow from elsewhere. Here the library comes from TensorFlow's Python package, and
# the binding is compiled against it. The package is the one for GPUs, the library the one for CPUs: it shows, too, that
# the engine says what it runs on and not what its package is called. It takes g++, Python with pip, 300 MB of downloads,
# 1 GB of disk and about a minute.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
cd "$1"
rm -rf node_modules library
name=@tensorflow/tfjs-node-gpu

command -v g++ >/dev/null || { echo "g++ is missing" >&2; exit 1; }
python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 \
  --platform manylinux2014_x86_64 -d wheel tensorflow-cpu==2.15.1 &
download=$!
[ -f package.json ] || echo '{"private":true}' >package.json
npm install -s --ignore-scripts --no-audit --no-fund "$name@4.22.0" node-api-headers@1
# One TensorFlow.js for both: the checkout's.
find node_modules/@tensorflow -mindepth 1 -maxdepth 1 ! -name "${name#*/}" -exec rm -rf {} +
ln -s "$checkout"/node_modules/@tensorflow/tfjs{,-core} node_modules/@tensorflow/
wait "$download"
python3 - <<'P'
import glob, zipfile
wanted = ("libtensorflow", "include/tensorflow/c/", "include/tsl/", "include/tensorflow/core/platform/")
with zipfile.ZipFile(glob.glob("wheel/*.whl")[0]) as wheel:
    for name in wheel.namelist():
        if name.startswith(tuple(f"tensorflow/{each}" for each in wanted)) and not name.endswith("/"):
            wheel.extract(name, "library")
P
package=node_modules/$name
mkdir -p "$package/deps/lib" "$package/lib/napi-v8"
mv library/tensorflow/libtensorflow_cc.so.2 library/tensorflow/libtensorflow_framework.so.2 "$package/deps/lib/"
g++ -std=c++17 -O1 -fPIC -shared -DNAPI_VERSION=8 \
  -I node_modules/node-api-headers/include -I library/tensorflow/include -I "$package" \
  "$package"/binding/tfjs_backend.cc "$package"/binding/tfjs_binding.cc -o "$package/lib/napi-v8/tfjs_binding.node" \
  -L "$package/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,'$ORIGIN/../../deps/lib'
