/**
 * TensorFlow.js, imported without its advertisement.
 *
 * The umbrella package is needed: `@tensorflow/tfjs-core` alone has no gradients under plain Node. Production
 * mode silences what it says of tfjs-node and its shape re-checks; the JavaScript backend becomes
 * current so that tensors can be made before any engine has been chosen.
 */
import * as tf from "@tensorflow/tfjs";

tf.enableProdMode();

export { tf };
