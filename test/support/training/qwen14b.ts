/** Content of `config.json` with the shapes of Qwen2.5-14B-Instruct. */
export const qwen14b = {
  model_type: "qwen2",
  hidden_act: "silu",
  hidden_size: 5120,
  intermediate_size: 13824,
  num_hidden_layers: 48,
  num_attention_heads: 40,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: false,
  vocab_size: 152064,
  max_position_embeddings: 32768,
} as const;
