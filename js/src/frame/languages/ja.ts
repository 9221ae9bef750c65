import type { Language } from '../i18n.js'

/** Japanese. */
export const ja: Language = {
  tag: 'ja',
  title: 'カード情報',
  number: 'カード番号',
  expiry: '有効期限',
  cvc: 'セキュリティコード',
  expiryPlaceholder: '月 / 年',
  cvcPlaceholder: 'CVC',
  errors: {
    incomplete_number: 'カード番号を入力してください。',
    incomplete_expiry: '有効期限の月と年を入力してください。',
    incomplete_cvc: 'セキュリティコードを入力してください。',
    network_unreachable:
      '決済サービスから応答がありませんでした。請求は行われていません。もう一度お試しください。',
    request_refused: 'ここではカードをご利用いただけません。請求は行われていません。',
    incorrect_number: 'カード番号に誤りがあります。ご確認ください。',
    invalid_number: 'カード番号の桁数が正しくありません。',
    invalid_expiry_month: '有効期限の月が過ぎているか、存在しません。',
    invalid_expiry_year: '有効期限の年が過ぎているか、先すぎます。',
    invalid_cvc: 'セキュリティコードの桁数が正しくありません。',
    card_declined:
      'このカードはご利用いただけません。入力内容をご確認いただくか、別のカードをお試しください。',
    expired_card: 'このカードは有効期限が切れています。別のカードをお試しください。',
    incorrect_cvc: 'セキュリティコードが正しくありません。',
    processing_error:
      'カードの処理中に問題が発生しました。しばらくしてからもう一度お試しください。',
  },
}
